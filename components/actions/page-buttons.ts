import { type Action, always } from './action.ts'

const nameOf = (button: HTMLButtonElement): string =>
  (button.getAttribute('aria-label') ?? button.textContent ?? '').replace(/\s+/g, ' ').trim()

/** A pane's own buttons are in the table by its consumer's name; a row's are too many. */
const NOT_HERE = 'article, [role="log"], [role="radiogroup"], table, dialog, [popover], aside'

/** The buttons of the view that is shown, and of the bar over it, that the table does not name already. */
export function buttonsOnPage(known: readonly Action[]): Action[] {
  const taken = new Set(known.map(({ label }) => label))
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('.app button')]
  return buttons.flatMap((button) => {
    const name = nameOf(button)
    const isOffered =
      name !== '' &&
      !button.disabled &&
      button.getClientRects().length > 0 &&
      button.closest(NOT_HERE) === null
    if (!isOffered || taken.has(name) || button.role === 'tab') return []
    taken.add(name)
    return [
      {
        id: `button-${name}`,
        group: 'Buttons on this page',
        label: name,
        needs: null,
        run: always(() => button.click()),
      },
    ]
  })
}
