import { hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { splitDocuments } from './documents.ts';
import type { DocumentPiece } from './documents.ts';
import type { ManifestObject } from './manifest-object.ts';
import { DocumentError, kindAtAGlance, parseDocument } from './parse-document.ts';
import { isKeptKind, readObjects } from './read-objects.ts';
import type { Selectors } from './read-objects.ts';

/** What is kept of a document: enough to know it again, and its objects. */
export interface ReadDocument {
  readonly hash: string;
  readonly objects: readonly ManifestObject[];
}

/** Something wrong with an object of a document that is otherwise good. */
export interface ObjectWarning {
  readonly line: number;
  readonly message: string;
}

/** A file that was read to its end. */
export interface ReadFile {
  readonly documents: readonly ReadDocument[];
  /** Of documents that were not known before. */
  readonly warnings: readonly ObjectWarning[];
  /** How many documents were parsed, being new. */
  readonly parsed: number;
}

/**
 * Reads a file document by document. Those that `known` has, by their hash, are not parsed again.
 * @throws {DocumentError} when it does not parse; line 0 when it cannot be read
 */
export function readFile(path: string, known: readonly ReadDocument[], selectors: Selectors): ReadFile {
  const before = new Map(known.map((document) => [document.hash, document]));
  try {
    return readPieces(path, before, selectors, true);
  } catch (error) {
    // An item of a list may use an anchor of another one: then it must be parsed as the one document it is.
    if (!(error instanceof ItemError)) throw error;
    return readPieces(path, before, selectors, false);
  }
}

function readPieces(
  path: string,
  known: ReadonlyMap<string, ReadDocument>,
  selectors: Selectors,
  takeListsApart: boolean,
): ReadFile {
  const documents: ReadDocument[] = [];
  const warnings: ObjectWarning[] = [];
  let parsed = 0;
  const descriptor = open(path);
  try {
    const read = (target: Buffer, offset: number): number => readSome(descriptor, target, offset);
    for (const piece of splitDocuments(read, takeListsApart)) {
      const kind = kindAtAGlance(piece.bytes, piece.item);
      if (kind !== undefined && !isKeptKind(kind)) continue;
      const name = nameOf(piece);
      const same = known.get(name);
      if (same !== undefined) {
        documents.push(moved(same, piece));
        continue;
      }
      parsed++;
      const value = parsePiece(piece);
      const objects = readObjects(value, piece.contentLine, selectors, (line, message) => {
        warnings.push({ line, message });
      });
      documents.push({ hash: name, objects });
    }
  } finally {
    closeSync(descriptor);
  }
  return { documents, warnings, parsed };
}

/** An item of a list that does not parse alone. */
class ItemError extends Error {
  readonly code = 'ERR_MANIFEST_ITEM';
}

function parsePiece(piece: DocumentPiece): unknown {
  const text = piece.bytes.toString();
  try {
    const value = parseDocument(text, piece.line);
    return piece.item ? (value as unknown[])[0] : value;
  } catch (error) {
    if (piece.item && error instanceof DocumentError) throw new ItemError(error.message);
    throw error;
  }
}

/** 128 bits of SHA-256, a character each byte. */
function nameOf(piece: DocumentPiece): string {
  const digest = hash('sha256', piece.bytes, 'buffer');
  return digest.toString('latin1', 0, 16) + (piece.item ? '-' : '');
}

/** A known document, with its lines as they are now. */
function moved(document: ReadDocument, piece: DocumentPiece): ReadDocument {
  const first = document.objects[0];
  if (first === undefined || first.line === piece.contentLine) return document;
  const objects = document.objects.map((object) => ({ ...object, line: piece.contentLine }));
  return { hash: document.hash, objects };
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new DocumentError((error as Error).message, 0);
  }
}

function readSome(descriptor: number, target: Buffer, offset: number): number {
  try {
    return readSync(descriptor, target, offset, target.length - offset, null);
  } catch (error) {
    throw new DocumentError((error as Error).message, 0);
  }
}
