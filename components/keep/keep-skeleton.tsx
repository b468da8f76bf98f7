import { SkeletonBars } from '../ui/skeleton.tsx'

/** The frame of a keep block before the broker has said anything: grey, still, and no numbers. */
export const KeepSkeleton = () => (
  <div className="mt-5 grid min-h-0 flex-1 content-start gap-3 overflow-hidden" aria-hidden="true">
    <SkeletonBars widths={['w-[40%]', 'w-[70%]', 'w-[55%]']} className="bg-hue-line opacity-50" />
  </div>
)
