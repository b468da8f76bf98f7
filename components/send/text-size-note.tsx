import type { TextSize } from './text-size.ts'

/** How much of the greatest size a long text takes, or by how much it is too long. */
export const TextSizeNote = ({ size, className }: { size: TextSize; className: string }) => (
  <p
    className={`text-xs ${size.tooLong ? 'font-strong text-bad' : 'text-ink-2'} ${className}`}
    data-part="text-size"
  >
    {size.words}
  </p>
)
