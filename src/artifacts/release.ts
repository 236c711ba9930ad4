// Which release this is: what man pages and metainfo say. package.json says the same (test/artifacts/documents.test.ts).

export interface Release {
  version: string
  /** ISO 8601: `2026-11-22`. */
  date: string
}

export const release: Release = { version: '0.1.0', date: '2026-11-22' }
