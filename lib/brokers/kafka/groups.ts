/**
 * Groups are what makes the difference on Kafka: one for all members, one for each, or as people choose. These are the names
 * of those that nobody chooses, made of the destination's name, or on the broker of its address.
 */
export const workersOf = (destination: string): string => `${destination}.workers`
export const groupOfOne = (destination: string, consumer: string): string => `${destination}.${consumer}`
