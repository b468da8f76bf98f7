import { formatNumber } from './format.ts'

interface TagProps {
  number: number | null
  /** It is the one message all views point out. */
  traced?: boolean
  /** It is not here: held, elsewhere, pending. */
  gone?: boolean
  className?: string
}

/** A message's number, `#42`. Yellow for the traced one only. */
export function Tag({ number, traced = false, gone = false, className = '' }: TagProps) {
  const look = traced ? 'tag on' : gone ? 'tag gone' : 'tag'
  return <span className={`${look} ${className}`}>{number === null ? '#…' : formatNumber(number)}</span>
}
