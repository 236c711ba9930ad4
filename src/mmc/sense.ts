// Sense data (SPC-5 §4.4): what the drive says was wrong.

/** Key, additional sense code and qualifier; bytes as they are in fixed format. */
export interface Sense {
  key: number
  asc: number
  ascq: number
  /** INFORMATION field when VALID is set: for medium errors the LBA. */
  information?: number
  /** 0..1 while a long operation runs (SPC-5 §4.4.2.4.4, progress indication). */
  progress?: number
}
