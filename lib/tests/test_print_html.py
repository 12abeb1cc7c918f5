import re

import pytest
from hypothesis import example, given, strategies as st
from lib.print_html import printable

PNG = 'data:image/png;base64,iVBORw0KGgo='
AT = 'http://127.0.0.1:9999/x'


def nothing(_source):
    return None


@pytest.mark.parametrize('text', [
    f'<img src="{AT}">', f'<img srcset="{AT} 2x">', f'<img src="{PNG}" srcset="{AT} 2x" lowsrc="{AT}">', '<img src="file:///etc/passwd">',
    f'<link rel="stylesheet" href="{AT}">', f'<style>@import url({AT});</style>', f'<p style="background: url({AT})">a</p>',
    f'<p style="background-image:url(\'{AT}\')">a</p>', f'<p style="list-style: url({AT})">a</p>', r'<p style="background: u\72l(//127.0.0.1/x)">a</p>',
    f'<p style="color: red/**/;background:/**/url({AT})">a</p>', f'<p style="border-image: url({AT}) 1">a</p>', f'<p style="content: url({AT})">a</p>',
    f'<p style="width: image({AT})">a</p>', f'<p style="color: url({AT})">a</p>', f'<table background="{AT}"><tr background="{AT}"><td background="{AT}">a</td></tr></table>',
    f'<iframe src="{AT}"></iframe>', f'<iframe srcdoc="<img src={AT}>"></iframe>', f'<object data="{AT}"></object>', f'<embed src="{AT}">', f'<applet code="{AT}"></applet>',
    f'<svg><image xlink:href="{AT}" href="{AT}"/><use href="{AT}#a"/></svg>', f'<svg><style>@import "{AT}"</style></svg>', f'<math href="{AT}"></math>',
    f'<video poster="{AT}" src="{AT}"></video>', f'<audio src="{AT}"></audio>', f'<picture><source srcset="{AT}"><img src="{AT}"></picture>',
    f'<input type="image" src="{AT}">', f'<base href="{AT}">', f'<meta http-equiv="refresh" content="0;url={AT}">', f'<script src="{AT}"></script>',
    f'<image src="{AT}">', f'<body background="{AT}">a</body>', f'<a href="file:///etc/passwd" ping="{AT}">a</a>', f'<a href="javascript:fetch(\'{AT}\')">a</a>',
    '<img src=" &#104;ttp://127.0.0.1:9999/x">', f'<img src="{PNG}" onload="fetch(\'{AT}\')">', f'<div><!--[if IE]><img src="{AT}"><![endif]--></div>',
    f'<x:img src="{AT}"/>', f'<bgsound src="{AT}">', f'<noscript><img src="{AT}"></noscript>', '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    f'<div><svg/><img src="{AT}"></div><p style="background:url({AT})">b</p>', f'<blockquote cite="{AT}">a</blockquote>',
])
def test_nothing_is_fetched(text):
    found = printable(text, nothing)
    assert '127.0.0.1' not in found and 'file:' not in found and 'svg' not in found and 'url' not in found, found


def test_words_and_looks_stay():
    text = ('<ol start="2"><li><b>Look</b> at the <span style="color: rgb(255, 0, 0); font-size: 14px">fan</span></li></ol>'
            '<table width="100%"><tbody><tr><td colspan="2" style="width: 50%">1 &lt; 2 &amp; ü</td></tr></tbody></table>')
    assert printable(text, nothing) == text
    assert printable('<section>In <form><label>a</label> form</form>, and after</section>', nothing) == 'In a form, and after'
    assert printable('a <script>1</script>b<svg>c</svg> d', nothing) == 'a b d'
    assert printable('only text', nothing) == 'only text'
    assert printable('   ', nothing) == ''


def test_links_that_a_reader_follows_stay():
    assert printable('<a href="https://example.com/a" target="_blank">a</a>', nothing) == '<a href="https://example.com/a">a</a>'


def test_pictures_of_ours_stay_and_others_leave_their_words():
    def ours(source):
        return PNG if source == '/web/image/7' else None
    assert printable('<img src="/web/image/7" alt="x">', ours) == f'<img alt="x" src="{PNG}">'
    assert printable(f'<img src="{PNG}">', nothing) == f'<img src="{PNG}">'
    assert printable(f'see <img src="{AT}" alt="the fan"> there', ours) == 'see the fan there'


def test_no_class_of_the_reports_can_be_borrowed():
    assert printable('<div class="article header footer" id="x" data-oe-model="res.users">a</div>', nothing) == '<div>a</div>'


TAGS = st.sampled_from(['p', 'div', 'img', 'svg', 'image', 'iframe', 'object', 'a', 'table', 'td', 'link', 'style', 'picture', 'source', 'x', 'span'])
NAMES = st.sampled_from(['src', 'href', 'style', 'background', 'data', 'srcset', 'poster', 'xlink:href', 'alt', 'title', 'action'])
VALUES = st.sampled_from([AT, f'url({AT})', f'color:red;background:url("{AT}")', f'background-color: url({AT})', 'file:///etc/hostname', '//127.0.0.1/x'])
PARTS = st.builds(lambda tag, name, value, close: f"<{tag} {name}='{value}'>w{f'</{tag}>' if close else ''}", TAGS, NAMES, VALUES, st.booleans())


@given(st.lists(PARTS, max_size=8).map(''.join))
@example("<img alt='url(http://127.0.0.1:9999/x)'>w")
@example("<p>w<picture>w<p>w")
def test_whatever_is_nested_in_whatever_fetches_nothing(text):
    found = printable(text, nothing)
    spoken = re.sub(r'''(?:alt|title)=(["']).*?\1''', '', found)
    tags = ' '.join(re.findall('<[^>]*>', spoken))  # words between them are read, not asked for
    assert not re.search(r'(src|data|background|poster|srcset|action)=|url\(|<(?:svg|link|style|iframe|object|image|source)', tags), found
    assert set(re.findall(r"""href=['"]([^'"]*)""", found)) <= {AT}
    assert printable(found, nothing) == found
