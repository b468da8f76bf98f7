/**
 * The style sheet of a saved page: the app's own rules, tokens and all, as far as they can apply there. So the page has the
 * colours and drawings of the screen it was saved from, and no second list of them.
 */

const DARK = '[data-theme="dark"]'
/** A screen alone is dark: paper keeps the light tokens. */
const DARK_READER = '@media screen and (prefers-color-scheme: dark)'

/** A rule as the browser holds it; rules inside others have none of their own `selectorText`. */
export interface StyleRule {
  cssText: string
  selectorText?: string
  cssRules?: ArrayLike<StyleRule>
}

/** Whether a selector may match where only these classes are used; classes that it names as one of several count as used. */
function mayMatch(selector: string, used: ReadonlySet<string>): boolean {
  const plain = selector.replace(/(?<!\\):[\w-]+\((?:[^()]|\([^()]*\))*\)/g, '')
  return plain
    .split(',')
    .some((one) =>
      [...one.matchAll(/\.((?:\\.|[\w-])+)/g)].every(([, name = '']) => used.has(name.replaceAll('\\', ''))),
    )
}

/** The rules that can apply where only these classes are used, as text. */
export function rulesFor(rules: ArrayLike<StyleRule>, used: ReadonlySet<string>): string {
  return Array.from(rules, (rule): string => {
    const { cssText, selectorText, cssRules } = rule
    if (selectorText === DARK) return `${DARK_READER} {${cssText.replace(DARK, ':root')}}`
    if (selectorText !== undefined) return mayMatch(selectorText, used) ? cssText : ''
    if (cssRules === undefined) return cssText
    const inner = rulesFor(cssRules, used)
    return inner === '' ? '' : `${cssText.slice(0, cssText.indexOf('{'))}{${inner}}`
  })
    .filter(Boolean)
    .join('\n')
}

/** The app's rules for these classes. Needs the document that the app is shown in. */
export const appStyleFor = (used: ReadonlySet<string>): string =>
  Array.from(document.styleSheets, ({ cssRules }) => rulesFor(cssRules, used)).join('\n')
