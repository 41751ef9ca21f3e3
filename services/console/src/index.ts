/** Folder of the built page: index.html, and hashed files under assets/ that never change under their name. */
export const pageDir = new URL('./page/', import.meta.url);
