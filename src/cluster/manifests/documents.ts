/** A YAML document, or an item of a `kind: List` that was taken apart. */
export interface DocumentPiece {
  /** Its text in UTF-8; only valid until the next piece is asked for. */
  readonly bytes: Buffer;
  /** Line of its first byte, from 1. */
  readonly line: number;
  /** Line of its first byte that is neither blank nor comment. */
  readonly contentLine: number;
  /** True for an item of a list: the text is a sequence of one entry. */
  readonly item: boolean;
}

/** Fills `target` from `offset` on with what follows in the file; returns the number of bytes, 0 at its end. */
export type ReadBytes = (target: Buffer, offset: number) => number;

const chunk = 256 * 1024;
const dash = 45;
const dot = 46;
const hash = 35;
const percent = 37;
const newline = 10;
const carriageReturn = 13;
const space = 32;
const tab = 9;
const letterI = 105;

/**
 * Splits a stream of YAML into its documents (YAML 1.2, section 9.2) without parsing it: `---` and `...` can only
 * stand at the start of a line, where no block scalar, quoted or plain text of a document may reach. Documents
 * without content are left out.
 *
 * @param takeListsApart give each item of what `kubectl get -o yaml` prints as a piece of its own, then the list
 *   without its items: the dump of a whole cluster is one document, and to parse it at once takes its memory
 *   many times over
 */
export function splitDocuments(read: ReadBytes, takeListsApart = true): Generator<DocumentPiece> {
  return new Splitter(read, takeListsApart).pieces();
}

class Splitter {
  readonly #read: ReadBytes;
  readonly #takeListsApart: boolean;
  #buffer = Buffer.allocUnsafe(chunk);
  #end = 0;
  #atEnd = false;
  /** The current line. */
  #lineStart = 0;
  #lineEnd = 0;
  #line = 1;
  /** The current piece. */
  #start = 0;
  #startLine = 1;
  #contentLine = 0;
  #directives = false;
  /** Of a list: where in the document we are, and the text before its items. */
  #list: 'none' | 'head' | 'itemsKey' | 'items' | 'tail' = 'none';
  #head: Buffer = Buffer.alloc(0);
  #headLine = 1;

  constructor(read: ReadBytes, takeListsApart: boolean) {
    this.#read = read;
    this.#takeListsApart = takeListsApart;
  }

  *pieces(): Generator<DocumentPiece> {
    while (this.#end < 3 && !this.#atEnd) this.#fill();
    if (this.#end >= 3 && this.#buffer.readUIntBE(0, 3) === 0xefbbbf) this.#lineStart = 3; // byte order mark
    this.#begin(this.#lineStart, 1);
    while (this.#findLineEnd()) {
      const first = this.#buffer[this.#lineStart]!;
      if (first === dash && this.#isMarker(dash)) {
        yield* this.#documentStart();
      } else if (first === dot && this.#isMarker(dot)) {
        yield* this.#finish();
        this.#begin(this.#lineEnd + 1, this.#line + 1);
      } else if (first === percent && this.#contentLine === 0) {
        this.#directives = true;
      } else {
        if (this.#contentLine === 0 && this.#hasContent(this.#lineStart)) this.#contentLine = this.#line;
        if (this.#list !== 'none') yield* this.#listLine(first);
      }
      this.#lineStart = this.#lineEnd + 1;
      this.#line++;
    }
    this.#lineStart = this.#end;
    yield* this.#finish();
  }

  *#documentStart(): Generator<DocumentPiece> {
    // Directives belong to the document that this line starts.
    if (this.#directives && this.#contentLine === 0) {
      this.#directives = false;
      this.#contentLine = this.#line;
      this.#list = 'none';
      return;
    }
    yield* this.#finish();
    if (this.#hasContent(this.#lineStart + 3)) {
      this.#begin(this.#lineStart, this.#line);
      this.#contentLine = this.#line;
      this.#list = 'none';
    } else this.#begin(this.#lineEnd + 1, this.#line + 1);
  }

  *#listLine(first: number): Generator<DocumentPiece> {
    if (this.#list === 'head') {
      if (first === letterI && this.#lineText() === 'items:') this.#list = 'itemsKey';
    } else if (this.#list === 'itemsKey') {
      if (first !== dash || !/^- (?:apiVersion|kind): /.test(this.#lineText())) {
        this.#list = 'none';
        return;
      }
      this.#list = 'items';
      this.#head = Buffer.from(this.#buffer.subarray(this.#start, this.#lineStart));
      this.#headLine = this.#startLine;
      this.#begin(this.#lineStart, this.#line, 'items');
      this.#contentLine = this.#line;
    } else if (this.#list === 'items' && first > space && first !== hash) {
      yield this.#piece(true);
      this.#begin(this.#lineStart, this.#line, first === dash ? 'items' : 'tail');
      this.#contentLine = this.#line;
    }
  }

  /** Gives the piece that ends before the current line, and what belongs to it. */
  *#finish(): Generator<DocumentPiece> {
    if (this.#list === 'items') {
      yield this.#piece(true);
      this.#begin(this.#lineStart, this.#line, 'tail');
    }
    if (this.#list === 'tail') {
      const tail = this.#buffer.subarray(this.#start, this.#lineStart);
      const bytes = Buffer.concat([this.#head, tail]);
      yield { bytes, line: this.#headLine, contentLine: this.#headLine, item: false };
    } else if (this.#contentLine > 0 || this.#directives) yield this.#piece(false);
  }

  #piece(item: boolean): DocumentPiece {
    const bytes = this.#buffer.subarray(this.#start, this.#lineStart);
    return { bytes, line: this.#startLine, contentLine: this.#contentLine, item };
  }

  #begin(start: number, line: number, list: 'head' | 'items' | 'tail' = 'head'): void {
    this.#start = start;
    this.#startLine = line;
    this.#contentLine = 0;
    this.#directives = false;
    this.#list = this.#takeListsApart ? list : 'none';
  }

  /** `---` or `...`, then white space or the end of the line. */
  #isMarker(character: number): boolean {
    const start = this.#lineStart;
    const length = this.#lineEnd - start;
    if (length < 3 || this.#buffer[start + 1] !== character || this.#buffer[start + 2] !== character)
      return false;
    return length === 3 || isBlank(this.#buffer[start + 3]!);
  }

  /** Whether the line has anything but white space and a comment from `from` on. */
  #hasContent(from: number): boolean {
    for (let index = from; index < this.#lineEnd; index++) {
      const byte = this.#buffer[index]!;
      if (!isBlank(byte)) return byte !== hash;
    }
    return false;
  }

  #lineText(): string {
    return this.#buffer
      .toString('latin1', this.#lineStart, Math.min(this.#lineEnd, this.#lineStart + 80))
      .trimEnd();
  }

  /** Finds the end of the line at `#lineStart`; false when there is no more line. */
  #findLineEnd(): boolean {
    let index = this.#lineStart;
    for (;;) {
      const buffer = this.#buffer;
      const end = this.#end;
      while (index < end && buffer[index] !== newline) index++;
      if (index < end || this.#atEnd) break;
      index -= this.#fill();
    }
    this.#lineEnd = index;
    return index < this.#end || this.#lineStart < this.#end;
  }

  /** Reads on, after moving the current piece to the start of the buffer; returns by how much it moved. */
  #fill(): number {
    const moved = this.#start;
    this.#buffer.copyWithin(0, moved, this.#end);
    this.#start = 0;
    this.#lineStart -= moved;
    this.#end -= moved;
    if (this.#end + chunk / 2 > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    const count = this.#read(this.#buffer, this.#end);
    if (count === 0) this.#atEnd = true;
    this.#end += count;
    return moved;
  }
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab || byte === carriageReturn;
}
