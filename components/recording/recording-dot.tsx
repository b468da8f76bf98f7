/** The red dot of whatever records; it pulses while something is being recorded or sent. */
export const RecordingDot = ({ busy = false }: { busy?: boolean }) => (
  <i
    className={`size-2.5 flex-none rounded-[50%] bg-bad ${busy ? 'motion-safe:animate-pulse' : ''}`}
    aria-hidden="true"
  />
)
