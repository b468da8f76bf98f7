import type { ComponentProps, ReactNode } from 'react'
import { Icon, type IconName } from '../ui/icon.tsx'

export const Card = ({ label, children }: { label: string; children: ReactNode }) => (
  <section aria-label={label} className="overflow-hidden rounded-3 bg-surface text-ink">
    {children}
  </section>
)

export const CardBody = ({ children }: { children: ReactNode }) => (
  <div className="px-4 pt-3.5 pb-4">{children}</div>
)

export const CardTitle = ({ children }: { children: ReactNode }) => (
  <h2 className="break-words font-strong text-[26px] tracking-digits leading-[32px]">{children}</h2>
)

export const CardText = ({ children }: { children: ReactNode }) => (
  <p className="mt-1 text-[15px] text-ink-2 leading-[20px]">{children}</p>
)

const LOOKS = {
  solid: 'col-span-2 min-h-24 border-action bg-action text-on-action',
  plain: 'min-h-20 border-line-control bg-surface text-ink',
  bad: 'min-h-20 border-bad bg-surface text-bad',
} as const

interface ActProps extends ComponentProps<'button'> {
  look: keyof typeof LOOKS
  icon: IconName
  name: string
  /** What it leads to. */
  means: string
}

/** A thumb's button that says what it leads to. */
export const Act = ({ look, icon, name, means, ...rest }: ActProps) => (
  <button
    type="button"
    {...rest}
    className={`flex touch-manipulation flex-col items-start justify-center rounded-2 border-[1.5px] px-3 py-2 text-left ${LOOKS[look]}`}
  >
    <span
      className={`flex items-center gap-2 whitespace-nowrap font-strong ${look === 'solid' ? 'text-[26px] leading-[32px]' : 'text-[17px] leading-[24px]'}`}
    >
      <Icon name={icon} className={look === 'solid' ? 'size-[22px]' : 'size-[18px]'} />
      {name}
    </span>
    <span
      className={look === 'solid' ? 'text-[15px] leading-[20px]' : 'text-[13px] text-ink-2 leading-[16px]'}
    >
      {means}
    </span>
  </button>
)
