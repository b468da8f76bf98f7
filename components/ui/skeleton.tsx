/** Grey bars where words will be: nothing moves, and there are no numbers yet. */
export const SkeletonBars = ({ widths, className }: { widths: readonly string[]; className: string }) => (
  <>
    {widths.map((width) => (
      <i key={width} className={`block h-2.5 rounded-[5px] ${width} ${className}`} />
    ))}
  </>
)
