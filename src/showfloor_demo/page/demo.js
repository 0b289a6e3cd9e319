// Opens a show in a window of a phone's size.
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[data-phone]') : null;
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  window.open(link.href, '', 'popup,width=390,height=844');
});
