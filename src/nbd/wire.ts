// One client as the protocol sees it: bytes asked for, bytes sent. server.ts makes one from a socket.

/** The client broke off, or did not send what it owed in time. */
export class WireClosed extends Error {
  override name = 'WireClosed'
}

export interface Wire {
  /**
   * The next `length` bytes. Rejects with WireClosed when the connection ends before, or when they have not all
   * come after `limitMs` (absent: waits for ever; only for "what is next?").
   */
  read(length: number, limitMs?: number): Promise<Buffer>
  /** Reads and forgets `length` bytes. */
  skip(length: number, limitMs: number): Promise<void>
  /** Sends; returns when the client has taken enough of it. Rejects with WireClosed when it does not within `limitMs`. */
  write(pieces: readonly Buffer[], limitMs: number): Promise<void>
}
