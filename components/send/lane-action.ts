/** The look of a button with words in the row under a composer. */
export const LANE_ACTION =
  'btn quiet sm gap-1.5 px-1.5 font-text text-ink-2 fs-sm max-1440:gap-1 max-1440:px-[5px] max-1440:fs-xs inspecting:gap-1 inspecting:px-[5px] inspecting:fs-xs'
