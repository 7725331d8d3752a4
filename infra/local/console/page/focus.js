// What has the focus keeps it when what it stands in is drawn anew: who works with the keyboard loses no place.

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/**
 * Of the element that has the focus and stands in this one: a function that gives the focus back after a change, to the
 * element itself or to the one in its place. Undefined where the focus is elsewhere.
 * @param {Element} root
 */
export function focusIn(root) {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === document.body || active === root) return undefined;
  return root.contains(active) ? placeOf(active, root) : undefined;
}

/** Likewise of any element that stands in this one. @param {HTMLElement} element @param {Element} root */
export function placeOf(element, root) {
  const name = nameOf(element);
  const at = alike(element, root).indexOf(element);
  return () => {
    if (document.activeElement === element) return;
    const others = alike(element, root);
    const found = others.find((one) => one === element || (!element.isConnected && nameOf(one) === name));
    (found ?? others[at] ?? focusables(root)[0])?.focus({ preventScroll: true });
  };
}

/** @param {Element} root */
const focusables = (root) =>
  [...root.querySelectorAll(FOCUSABLE)].filter((node) => node instanceof HTMLElement);

/** @type {(element: Element, root: Element) => HTMLElement[]} */
const alike = ({ tagName }, root) => focusables(root).filter((one) => one.tagName === tagName);

/** What it is called, whatever it says just now. @param {Element} element */
const nameOf = (element) =>
  element.id || element.getAttribute('href') || element.getAttribute('aria-label') || element.textContent;
