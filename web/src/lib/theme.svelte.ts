// Light, dark, or as the system has it. static/theme.js sets it before the first paint.
import { browser } from '$app/environment';

export type Theme = 'system' | 'light' | 'dark';
export const themes: readonly Theme[] = ['system', 'light', 'dark'];

class ThemeChoice {
  value: Theme = $state('system');

  constructor() {
    const set = browser ? document.documentElement.dataset.theme : undefined;
    if (set === 'light' || set === 'dark') this.value = set;
  }

  set(theme: Theme) {
    this.value = theme;
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      if (theme === 'system') localStorage.removeItem('theme');
      else localStorage.setItem('theme', theme);
    } catch {
      // Without storage the choice holds as long as the page.
    }
  }

  next() {
    this.set(themes[(themes.indexOf(this.value) + 1) % themes.length] ?? 'system');
  }
}

export const theme = new ThemeChoice();
