-- The images that an attempt used, as JSON: which digest it was, and how it was had.
ALTER TABLE attempts ADD COLUMN images text;
