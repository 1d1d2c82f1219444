SELECT canonical_id AS id FROM crosswalk WHERE entity = :entity AND system = :system AND id = :id
