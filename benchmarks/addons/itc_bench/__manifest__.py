{
    'name': 'IT Continuity benchmark anchor',
    'version': '19.0.1.0.0',
    'author': "IT Continuity contributors",
    'license': 'LGPL-3',
    'depends': ['it_continuity'],
}
