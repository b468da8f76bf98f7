/** Markup that is known to be safe: made here, or text that was escaped. */
export interface Markup {
  readonly markup: string
}

type Part = string | number | Markup | readonly Markup[]

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => ESCAPES[mark] ?? mark)

function written(part: Part): string {
  if (typeof part === 'number') return String(part)
  if (typeof part === 'string') return escaped(part)
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('')
}

/** A piece of a page. Whatever is put in is text, inside elements and quoted attributes alike, unless it is markup. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  markup: strings
    .map((piece, index) => (index === 0 ? piece : written(parts[index - 1] ?? '') + piece))
    .join(''),
})

/** A constant of ours, as it is. */
export const raw = (constant: string): Markup => ({ markup: constant })

/** Data for a script element: nothing in it may look like the element's end, nor like a line end to an old parser. */
export const dataMarkup = (data: unknown): Markup => ({
  markup: JSON.stringify(data).replace(
    /[<>&\u2028\u2029]/g,
    (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ),
})
