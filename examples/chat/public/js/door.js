// The log-in page: two tabs, and demo names that fill themselves in.

const tabs = document.querySelectorAll('[data-tab]');

for (const tab of tabs) {
  tab.addEventListener('click', () => {
    for (const other of tabs) {
      other.setAttribute('aria-selected', other === tab);
      document.getElementById(other.dataset.tab).hidden = other !== tab;
    }
    document.querySelector(`#${tab.dataset.tab} input:not([type=hidden])`).focus();
  });
}

for (const demo of document.querySelectorAll('[data-demo]')) {
  demo.addEventListener('click', () => {
    const form = demo.closest('form');
    form.elements.name.value = demo.dataset.demo;
    form.elements.password.value = 'chat';
    form.requestSubmit();
  });
}
