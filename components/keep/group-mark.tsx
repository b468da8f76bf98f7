/** A group's mark on the strips: solid, hollow, then upside down. */
const SHAPES = [
  { path: 'M5 .8 9.3 8.2H.7z', solid: true },
  { path: 'M5 1.2 9 8H1z', solid: false },
  { path: 'M5 8.2.7.8h8.6z', solid: true },
] as const

export const GroupMark = ({ index }: { index: number }) => {
  const shape = SHAPES[index]
  if (!shape) return null
  return (
    <svg className="inline-block h-[9px] w-2.5" viewBox="0 0 10 9" aria-hidden="true">
      <path d={shape.path} className={shape.solid ? 'mark-solid' : 'mark-hollow'} />
    </svg>
  )
}
