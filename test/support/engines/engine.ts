/** A page in a real browser of one engine, driven by what all of them have in common. */
export interface EnginePage {
  goto(url: string): Promise<void>
  /** Clicks the one element that the selector finds, once it is there. */
  click(selector: string): Promise<void>
  /** Clicks the first button whose words hold these, once it is there. */
  press(words: string): Promise<void>
  /** Clicks into the field, types the text, and presses Enter. */
  send(selector: string, text: string): Promise<void>
  /** What a person reads there; empty where there is no such element. */
  words(selector: string): Promise<string>
  /** A PNG of what is in sight. */
  picture(): Promise<Buffer>
  /** What the page has logged as errors so far, and what it threw. */
  faults(): Promise<string[]>
}

/** A browser of its own process. Whoever opened it closes it. */
export interface Engine {
  readonly name: 'Chromium' | 'Firefox' | 'WebKit'
  open(size: { width: number; height: number }): Promise<EnginePage>
  /** Idempotent. */
  close(): Promise<void>
}

/** How long an element may take to appear on a slow, busy machine. */
export const APPEARS_WITHIN_MS = 30_000

/** Finds buttons by their words, in every engine. */
export const buttonPath = (words: string): string => `//button[contains(normalize-space(.), "${words}")]`

/** As a person reads it: hidden text left out, white space as one space. */
export const asRead = (text: string | null | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim()
