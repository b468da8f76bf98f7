'use client'

import { type CSSProperties, type ReactNode, useCallback, useEffect, useId, useRef, useState } from 'react'
import { Button, type ButtonStyle } from './button.tsx'

/** Below this share of the window's height a popover opens upwards. */
const FLIP_AT = 0.55
const GAP_PX = 6
const EDGE_PX = 8
/** A box's greatest width. */
const WIDEST_PX = 420

/** The look of whatever floats: a box beside its button, open or not there at all. */
export const FLOAT =
  'fixed inset-auto m-0 grid-cols-[minmax(0,1fr)] gap-3 overflow-auto rounded-3 border bg-surface text-left font-text font-ui text-ink text-md whitespace-normal shadow-2 [letter-spacing:normal] open:grid'
const BOX = 'max-w-[min(420px,calc(100vw-16px))] p-4'
/** `!`: where it stands beside its button is its own style. */
const SHEET =
  'max-700:inset-x-0! max-700:top-auto! max-700:bottom-0! max-700:max-h-[85dvh]! max-700:w-full max-700:max-w-none max-700:rounded-b-none'
const MENU = 'max-w-60 p-3'

interface PopoverProps {
  /** The button's content. */
  button: ReactNode
  buttonStyle?: ButtonStyle
  /** The button's accessible name where its content has no words. */
  label?: string
  title?: string
  align?: 'start' | 'end'
  /** Its width, where that is not its content's. */
  className?: string
  /** A short list of things to do instead of a box with text and fields. */
  menu?: boolean
  disabled?: boolean
  /** On a phone it is a sheet at the foot of the window. */
  sheet?: boolean
  /** Opens as soon as it appears. */
  startsOpen?: boolean
  /** Rendered only while open; `close` gives the focus back to the button. */
  children: (close: () => void) => ReactNode
}

/** As far from the edge as asked, as long as the widest box still fits. */
const within = (px: number): number => Math.max(EDGE_PX, Math.min(px, innerWidth - EDGE_PX - WIDEST_PX))

/** Where the popover stands, from where its button stands: no measuring of the popover itself, so it never jumps. */
export function placeBeside(anchor: DOMRect, align: 'start' | 'end'): CSSProperties {
  const upwards = anchor.top > innerHeight * FLIP_AT
  const vertical = upwards
    ? { bottom: innerHeight - anchor.top + GAP_PX, top: 'auto', maxHeight: anchor.top - GAP_PX - EDGE_PX }
    : {
        top: anchor.bottom + GAP_PX,
        bottom: 'auto',
        maxHeight: innerHeight - anchor.bottom - GAP_PX - EDGE_PX,
      }
  const horizontal =
    align === 'end'
      ? { right: within(innerWidth - anchor.right), left: 'auto' }
      : { left: within(anchor.left), right: 'auto' }
  return { ...vertical, ...horizontal }
}

/** A button that opens a floating box over everything; Esc and a click outside close it, as the browser does it. */
export function Popover(props: PopoverProps) {
  const {
    button,
    buttonStyle,
    label,
    title,
    align = 'start',
    className = 'w-max',
    menu = false,
    disabled,
    sheet = false,
    startsOpen = false,
    children,
  } = props
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const anchor = useRef<HTMLButtonElement>(null)
  const [open, setOpen] = useState(false)
  const [place, setPlace] = useState<CSSProperties>({})
  useEffect(() => {
    if (startsOpen) box.current?.showPopover()
  }, [startsOpen])
  const close = useCallback(() => {
    box.current?.hidePopover()
    anchor.current?.focus()
  }, [])
  return (
    <>
      <Button
        {...buttonStyle}
        ref={anchor}
        aria-label={label}
        title={title}
        aria-expanded={open}
        disabled={disabled}
        popoverTarget={id}
      >
        {button}
      </Button>
      <div
        ref={box}
        id={id}
        popover="auto"
        className={`${FLOAT} ${menu ? MENU : BOX} ${className} ${sheet ? SHEET : ''}`}
        style={place}
        onBeforeToggle={(event) => {
          const opens = event.newState === 'open'
          if (opens && anchor.current) setPlace(placeBeside(anchor.current.getBoundingClientRect(), align))
          // Its content goes, and the focus with it, before the browser would give that back.
          if (!opens && box.current?.contains(document.activeElement)) {
            anchor.current?.focus({ preventScroll: true })
          }
          setOpen(opens)
        }}
      >
        {open && children(close)}
      </div>
    </>
  )
}
