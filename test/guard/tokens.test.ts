import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { __unstable__loadDesignSystem as loadDesignSystem } from 'tailwindcss'
import { expect, test } from 'vitest'
import { projectRoot as root, sourceFiles } from '#test/support/source-files.ts'

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const tokens = read('app/tokens.css')
const styles = [...sourceFiles(['components'], /\.css$/), 'app/globals.css', 'app/theme.css', 'app/print.css']
const scripts = sourceFiles(['components', 'app'], /\.(ts|tsx)$/)

/** The names declared in the block that begins with the selector. */
function declaredIn(selector: string): Set<string> {
  const start = tokens.indexOf(`${selector} {`)
  const block = tokens.slice(start, tokens.indexOf('\n}', start))
  return new Set([...block.matchAll(/(--[a-z0-9-]+):/g)].map((match) => match[1] ?? ''))
}

/** What a component sets on its own elements, from its manifest or its props. */
const SET_BY_COMPONENTS = new Set([
  '--hue',
  '--hue-tint',
  '--hue-line',
  '--on-hue',
  '--g-hole',
  '--person',
  '--consumers',
  '--lanes',
  '--name-chars',
  '--name-excess',
  '--excess',
  '--d',
  '--across',
])

test('stylesheets and components name no colour of their own', () => {
  const COLOUR = /#[0-9a-fA-F]{3,8}\b(?=[;"',)\s])|\b(?:rgba?|hsla?|hwb|(?:ok)?lab|(?:ok)?lch|color)\(/g
  const coloursIn = (file: string) =>
    [...(read(file).match(COLOUR) ?? [])].filter((colour) => !/^#\d+$/.test(colour))
  // A person's colour is one of many hues, computed from their number.
  const computes = 'components/ui/face.tsx'
  const files = [...styles, ...scripts].filter((file) => file !== computes)
  const found = files.flatMap((file) => coloursIn(file).map((colour) => `${file}: ${colour}`))
  expect(found).toEqual([])
})

/** Those of CSS that a hand might reach for; all 148 would forbid words such as "tan" and "linen" everywhere. */
const NAMES =
  'white|black|gr[ae]y|silver|red|maroon|yellow|gold|olive|lime|green|aqua|cyan|teal|blue|navy|fuchsia|magenta|purple|violet|pink|orange|brown|tomato|crimson'

test('stylesheets name no colour by a word of CSS, and components use none of Tailwind’s', () => {
  // A token may be another on paper: `--ink: black`.
  const inStyle = new RegExp(
    `(?<!--[\\w-]+):[^;{}]*(?<![-\\w])(?:light|dark)?(?:${NAMES})(?![-\\w(])[^{}]*?[;}]`,
    'g',
  )
  const inClass = new RegExp(
    `(?<![\\w-])(?:bg|text|border|fill|stroke|ring|outline|shadow|from|to|via|decoration)-(?:${NAMES}|slate|zinc|neutral|stone|amber|emerald|sky|indigo|rose)(?:-\\d+)?(?![\\w-])`,
    'g',
  )
  const uncommented = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '')
  const found = [
    ...styles.flatMap(
      (file) =>
        uncommented(read(file))
          .match(inStyle)
          ?.map((one) => `${file}: ${one}`) ?? [],
    ),
    ...scripts.flatMap(
      (file) =>
        read(file)
          .match(inClass)
          ?.map((one) => `${file}: ${one}`) ?? [],
    ),
  ]
  expect(found).toEqual([])
})

const declaredAnywhere = (css: string) =>
  new Set([...css.matchAll(/(--[a-z0-9-]+):/g)].map((match) => match[1] ?? ''))

test('every custom property that a stylesheet uses exists', () => {
  const known = declaredAnywhere(tokens)
  for (const file of styles) {
    // A measure that only one stylesheet uses may be declared there.
    const own = declaredAnywhere(read(file))
    for (const [, name = ''] of read(file).matchAll(/var\((--[a-z0-9-]+)/g)) {
      const exists = known.has(name) || own.has(name) || SET_BY_COMPONENTS.has(name)
      expect(exists, `${name} in ${file}`).toBe(true)
    }
  }
})

test('every colour role has a value in both themes', () => {
  const light = declaredIn(':root')
  const dark = declaredIn('[data-theme="dark"]')
  const colour =
    /^--(canvas|surface|sunken|hover|line|ink|action|on-|focus|signal|good|bad|hatch|rabbit|redis|kafka|shadow)/
  expect([...light].filter((name) => colour.test(name) && !dark.has(name))).toEqual([])
  expect([...dark].filter((name) => !light.has(name))).toEqual([])
})

/** The class names written in the `className` attributes of a file: whole words of its string literals. */
function classNamesIn(source: string): string[] {
  const attributes = [...source.matchAll(/[cC]lassName=(?:"([^"]*)"|\{((?:[^{}]|\{[^{}]*\})*)\})/g)]
  return attributes.flatMap(([, plain, expression = '']) => {
    const literals = [...expression.replace(/[!=]== '[^']*'/g, '').matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map(
      ([, quoted, template = '']) => quoted ?? template.replace(/\$\{[^}]*\}/g, ' '),
    )
    return (plain === undefined ? literals : [plain]).flatMap((text) => text.split(/\s+/).filter(Boolean))
  })
}

test('every class name is a utility of the theme, or a class of a stylesheet', async () => {
  const theme = `${read('app/theme.css')}\n@tailwind utilities;`
  const system = await loadDesignSystem(theme)
  const classes = new Set(styles.flatMap((file) => read(file).match(/\.[a-z][\w-]*/gi) ?? []))
  const isMarker = (name: string) => /^(group|peer)(\/[a-z-]+)?$/.test(name)
  const unknown = scripts.flatMap((file) => {
    const names = [...new Set(classNamesIn(read(file)))].filter(
      (name) => !(classes.has(`.${name}`) || isMarker(name)),
    )
    const css = system.candidatesToCss(names)
    return names.filter((_, index) => css[index] === null).map((name) => `${name} in ${file}`)
  })
  expect(unknown).toEqual([])
})
