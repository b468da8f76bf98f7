import type { CSSProperties } from 'react'
import type { Box, Point } from './path.ts'

/** Puts an element where the plan has it. */
export const boxStyle = ({ x, y, width, height }: Box): CSSProperties => ({ left: x, top: y, width, height })

/** Puts an element's middle there; the style sheet moves it by half its size. */
export const pointStyle = ({ x, y }: Point): CSSProperties => ({ left: x, top: y })
