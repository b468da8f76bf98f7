/** A person's initial on their colour. Decoration: the name stands beside it or in its place for a screen reader. */
export function Face({ name, colour, you = false }: { name: string; colour: number; you?: boolean }) {
  return (
    <span className={you ? 'face you' : 'face'} data-colour={colour} aria-hidden="true">
      {Array.from(name.trim())[0]?.toLocaleUpperCase() ?? '?'}
    </span>
  )
}
