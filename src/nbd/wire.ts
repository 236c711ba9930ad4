// One client as the protocol sees it: bytes asked for, bytes sent. server.ts makes one from a socket.

/** The client broke off, or did not send what it owed in time. */
export class WireClosed extends Error {
  override name = 'WireClosed'
}

export interface Wire {
  /**
   * The next `length` bytes, in a buffer that is the caller's. Rejects with WireClosed when the connection ends
   * before, when they have not all come after `limitMs` (absent: waits for ever; only for "what is next?"), and after
   * `close`.
   */
  read(length: number, limitMs?: number): Promise<Buffer>
  /** As `read`, filling `into`. */
  fill(into: Buffer, limitMs: number): Promise<void>
  /** Reads and forgets `length` bytes. */
  skip(length: number, limitMs: number): Promise<void>
  /**
   * Sends the pieces as they are; returns when the system has taken all of them, until then they must not change.
   * One call at a time. Rejects with WireClosed when the client has gone or they are not taken within `limitMs`;
   * part of them may have been sent then, and only `close` is left to do.
   */
  write(pieces: readonly Buffer[], limitMs: number): Promise<void>
  /** Hangs up. What came in and was not read is forgotten, and a read that waits rejects. */
  close(): void
}
