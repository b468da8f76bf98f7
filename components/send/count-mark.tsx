/** How many of a button's options are set, on its corner. */
export const CountMark = ({ count }: { count: number }) => (
  <span className="absolute top-px right-0 min-w-3.5 rounded-full bg-ink px-[3px] text-center font-strong text-[10px]/[14px] text-ink-inv">
    {count}
  </span>
)
