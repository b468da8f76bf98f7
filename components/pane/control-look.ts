/** The look of a control in a pane's head: quiet until the pointer is on it. */
export const CONTROL =
  'btn ico sm border-transparent bg-transparent text-inherit not-disabled:hover:bg-hover not-disabled:hover:text-ink aria-pressed:bg-hover aria-pressed:text-ink'
