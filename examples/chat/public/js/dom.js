// Small helpers that make elements.

export const $ = (id) => document.getElementById(id);

/** element('li', {className: 'a'}, 'text', child) */
export function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** A user's picture, or the initials on the user's colour. */
export function avatar(user) {
  const node = element('span', { className: 'avatar', title: user.name });
  node.dataset.user = user.id;
  node.style.setProperty('--hue', hue(user.name));
  node.append(user.avatar ? element('img', { src: user.avatar, alt: '' }) : initials(user.name));
  return node;
}

/** Text with its web addresses as links. */
export function linked(text) {
  const fragment = document.createDocumentFragment();
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/g)) {
    fragment.append(text.slice(end, match.index), element('a', { href: match[0], target: '_blank', rel: 'noopener noreferrer' }, match[0]));
    end = match.index + match[0].length;
  }
  fragment.append(text.slice(end));
  return fragment;
}

export function toast(text) {
  const node = element('div', { className: 'toast' }, text);
  $('toasts').append(node);
  setTimeout(() => node.remove(), 5000);
}

function initials(name) {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ''].map((word) => [...word][0] ?? '').join('').toUpperCase();
}

function hue(name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return (hash * 137) % 360;
}
