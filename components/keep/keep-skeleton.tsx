/** The frame of a keep block before the broker has said anything: grey, still, and no numbers. */
export const KeepSkeleton = () => (
  <div className="keep-wait" aria-hidden="true">
    <i className="sk w40" />
    <i className="sk w70" />
    <i className="sk w55" />
  </div>
)
