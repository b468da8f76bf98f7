/** Keys that follow each other this fast are a text, and not commands. */
const TOGETHER_MS = 400

/** A key pressed on the page. */
interface Press {
  key: string
  /** When, in milliseconds. */
  at: number
  /** It was pressed where nothing has the focus. */
  isLoose: boolean
  /** The page does something on it. */
  isCommand: boolean
}

/**
 * Keys pressed while nothing has the focus. One is a command, and so are several that each do something; several at once
 * of which one does nothing are a text that somebody types without having chosen a field: what the others did is undone,
 * and the text goes where it can be sent.
 */
export function createStrayKeys() {
  let keys: string[] = []
  let isText = false
  let undos: Array<() => void> = []
  let last = Number.NEGATIVE_INFINITY
  const begin = () => {
    keys = []
    isText = false
    undos = []
  }
  return {
    /** The text, once it is one. */
    press({ key, at, isLoose, isCommand }: Press): string | null {
      if (at - last > TOGETHER_MS) begin()
      // What a command opened may have taken the focus meanwhile.
      if (key.length !== 1 || (keys.length === 0 && !isLoose)) return null
      keys.push(key)
      isText ||= !isCommand
      last = at
      if (keys.length < 2 || !isText) return null
      const text = keys.join('')
      for (const undo of undos.toReversed()) undo()
      begin()
      return text
    },
    /** How to undo what the key before did. */
    did(undo: () => void): void {
      undos.push(undo)
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
