/** Let the file that the browser is about to hand to the person be read: the page's `data-itc-file` has its words as soon as it is there. */
export function catchFile() {
    const create = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => (document.body.dataset.itcFile = text));
        return create(blob);
    };
}
