/** Reasons the room itself gives for a consumer's state; all others are a broker's or driver's words. */
export const CONSUMER_REASONS = {
  /** `detached`: nobody watches the room, so it let go; it attaches again when somebody does. */
  asleep: 'asleep',
  /** `detached`: its owner is away, and was before it could attach. */
  ownerAway: 'owner-away',
  /** `attaching`: it attaches as soon as its broker is back. */
  brokerDown: 'broker-down',
} as const
