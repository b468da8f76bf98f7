/** The frame of a keep block before the broker has said anything: grey, still, and no numbers. */
export const KeepSkeleton = () => (
  <div className="mt-5 grid gap-3" aria-hidden="true">
    <i className="sk w40 bg-hue-line opacity-50" />
    <i className="sk w70 bg-hue-line opacity-50" />
    <i className="sk w55 bg-hue-line opacity-50" />
  </div>
)
