/** The look of a field of one line in which a message to every broker is written. Its form shows the focus. */
export const SAY =
  'say h-10 min-w-0 flex-1 text-ellipsis bg-transparent tracking-tight outline-none fs-lg placeholder:text-ink-3 placeholder:opacity-100 placeholder-shown:text-ellipsis focus-visible:shadow-none focus-visible:outline-none'
