/** "inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received the value '5' of type 'byte' but current is none" */
const INEQUIVALENT =
  /inequivalent arg '([^']+)' for (queue|exchange) '([^']+)' in vhost '[^']*': received (.+?) but current is (.+?)"?$/
/** "invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue" */
const INVALID_ARGUMENT = /invalid arg '([^']+)' for (queue) '([^']+)'.* of queue type rabbit_(\w+?)_queue/
/** "the value '5' of type 'byte'", "'true'", "none" */
const VALUE = /^(?:the value )?'([^']*)'(?: of type '[^']*')?$/

const wordOf = (text: string): string => {
  const value = VALUE.exec(text)?.[1]
  if (text === 'none') return 'not set'
  return value === undefined ? text : value
}

/** What a refused declaration (406) says, in words for people; null when it says something else. */
export function inPlainWords(text: string): string | null {
  const inequivalent = INEQUIVALENT.exec(text)
  if (inequivalent) {
    const [, argument, noun, name, asked = '', found = ''] = inequivalent
    return `the ${noun} "${name}" exists already and was made otherwise: its ${argument} is ${wordOf(found)}, and ${wordOf(asked)} was asked for (406)`
  }
  const invalid = INVALID_ARGUMENT.exec(text)
  if (!invalid) return null
  const [, argument, noun, name, type] = invalid
  return `the ${noun} "${name}" can't be made so: a ${type} queue has no ${argument} (406)`
}
