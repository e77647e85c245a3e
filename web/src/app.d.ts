declare global {
  namespace App {
    interface Error {
      message: string;
      /** What the visitor can do about it. */
      hint?: string;
    }
  }
}

export {};
