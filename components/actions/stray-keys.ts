/** Keys that follow each other this fast are a text, and not commands. */
const TOGETHER_MS = 400

/**
 * Keys pressed while nothing has the focus. One is a command; several at once are a text that somebody types without
 * having chosen a field: what the first of them did is undone, and the text goes where it can be sent.
 */
export function createStrayKeys() {
  let keys: string[] = []
  let undo = () => {}
  let last = Number.NEGATIVE_INFINITY
  return {
    /** The text, once it is one. `isLoose`: the key was pressed where nothing has the focus. */
    press(key: string, at: number, isLoose: boolean): string | null {
      if (at - last > TOGETHER_MS) keys = []
      // What a command opened may have taken the focus meanwhile.
      if (key.length !== 1 || (keys.length === 0 && !isLoose)) return null
      if (keys.length === 0) undo = () => {}
      keys.push(key)
      last = at
      const text = keys.join('')
      // Views are gone through by their numbers.
      if (text.length < 2 || /^\d+$/.test(text)) return null
      keys = []
      undo()
      return text
    },
    /** How to undo what the key before did. */
    did(takeBack: () => void): void {
      undo = takeBack
    },
  }
}

/** What cannot be undone waits until it is certain that no text follows. Answers how to call it off. */
export function afterStrayKeys(run: () => void): () => void {
  const timer = setTimeout(run, TOGETHER_MS)
  return () => clearTimeout(timer)
}

/** As if it had been typed there. */
export function typeInto(field: HTMLTextAreaElement, text: string): void {
  field.focus()
  field.setRangeText(text, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new InputEvent('input', { bubbles: true, data: text, inputType: 'insertText' }))
}
