/** A change of state that cannot be written has not happened: its caller is told so, and the next start knows no better. */
export function orUndone(write: () => void, undo: () => void): void {
  try {
    write();
  } catch (error) {
    undo();
    throw error;
  }
}
