-- Who ordered a hold, and the last day of one that ends by itself.
ALTER TABLE legal_holds ADD COLUMN ordered_by text, ADD COLUMN until date;
