/** The room everyone starts in. It always exists and uses bare names on the brokers. */
export const LOBBY = 'lobby'
