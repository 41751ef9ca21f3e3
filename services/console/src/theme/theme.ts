import { createTheme, defaultVariantColorsResolver, localStorageColorSchemeManager, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

// Grey is the normal colour; red, amber and blue belong to the levels (tokens.css). So buttons and links are ink.
const ink: MantineColorsTuple = ['#f5f6f7', '#eceef0', '#dfe3e7', '#c4cad1', '#9aa4af', '#626c78', '#4c5560', '#353c45', '#22272e', '#15181c'];
const dark: MantineColorsTuple = ['#e8eaed', '#c5ccd3', '#a8b1bb', '#8a949f', '#3d464f', '#2e353c', '#20262c', '#15191d', '#101417', '#0b0e10'];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 1 },
  colors: { ink, dark, gray: ink },
  black: '#15181c',
  fontFamily: "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Noto Sans Mono', 'Noto Sans Mono CJK KR', monospace",
  fontSizes: { xs: '12px', sm: '14px', md: '15px', lg: '18px', xl: '24px' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '20px' },
  // Filled is the inverse of the ground, in both schemes.
  variantColorResolver: (input) =>
    input.variant === 'filled'
      ? { background: 'var(--inverse)', hover: 'color-mix(in srgb, var(--inverse) 86%, var(--surface))', color: 'var(--on-inverse)', border: '1px solid transparent' }
      : defaultVariantColorsResolver(input),
  components: {
    Modal: { styles: { title: { fontWeight: 650 } } },
    Drawer: { styles: { title: { fontWeight: 650 } } },
    Checkbox: { defaultProps: { iconColor: 'var(--on-inverse)', color: 'var(--inverse)' } },
  },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
});

/** Mantine's own surfaces follow our tokens, so that there is one palette in each scheme. */
export const themeVariables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-soft)',
    '--mantine-color-placeholder': 'var(--text-faint)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--sunken)',
    '--mantine-color-default-color': 'var(--text)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-anchor': 'var(--text)',
    // Red is for critical alarms alone: what is wrong in a form is said in words, in ink.
    '--mantine-color-error': 'var(--text)',
  };
  return { variables: {}, light: shared, dark: shared };
};

export const schemeManager = localStorageColorSchemeManager({ key: 'opsloop.scheme' });
