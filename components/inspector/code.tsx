import type { ReactNode } from 'react'
import type { Snippet } from '#lib/brokers/contract.ts'

/** Words that give a program its shape, by language. */
const KEYWORDS: Record<Snippet['language'], ReadonlySet<string>> = {
  python: new Set('import from def for in while try except pass if return None True False'.split(' ')),
  javascript: new Set('import from const let await async for of if return null true false new'.split(' ')),
  shell: new Set(),
}

/** Strings, words and the rest. A literal never runs over the end of its line, so lines are read one by one. */
const TOKENS = /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|([^A-Za-z_"']+|["'])/g

/** A line, its strings in the broker's hue and its keywords strong. React text only: a snippet holds what somebody typed. */
function colour(line: string, language: Snippet['language']): ReactNode[] {
  return [...line.matchAll(TOKENS)].map(([token, string, word], index) => {
    const key = `${index} ${token}`
    if (string !== undefined) return <u key={key}>{token}</u>
    if (word !== undefined && KEYWORDS[language].has(word)) return <em key={key}>{token}</em>
    return token
  })
}

/** A program with the line that decides marked. */
export function Code({ snippet: { code, language, line } }: { snippet: Snippet }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre tabIndex={0}>
      <code>
        {code.split('\n').map((text, index) => {
          const words = colour(text, language)
          return index + 1 === line ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <mark key={index}>
              {words}
              {'\n'}
            </mark>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
            <span key={index}>
              {words}
              {'\n'}
            </span>
          )
        })}
      </code>
    </pre>
  )
}
