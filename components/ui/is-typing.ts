/** Whether a key that was pressed there writes something, so that it is no key of the page's. */
export const isTyping = (target: EventTarget | null): target is HTMLElement =>
  target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable)
