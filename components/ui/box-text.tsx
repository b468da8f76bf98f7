import type { ComponentProps, ReactNode } from 'react'

interface TextProps extends Omit<ComponentProps<'p'>, 'ref'> {
  as?: 'p' | 'span'
}

/** What a box or a part of it is about. */
export const BoxTitle = ({
  as: Element = 'h3',
  children,
}: {
  as?: 'h2' | 'h3' | 'b'
  children: ReactNode
}) => <Element className="block font-strong wrap-anywhere">{children}</Element>

/** A quiet sentence of help. */
export const Hint = ({ as: Element = 'p', className = '', ...rest }: TextProps) => (
  <Element {...rest} className={`font-text text-ink-2 text-xs ${className}`} />
)

/** Why something was not done; it is read aloud when it appears. */
export const Refusal = ({ as: Element = 'p', className = '', ...rest }: TextProps) => (
  <Element role="alert" {...rest} className={`text-bad text-xs ${className}`} />
)
