SELECT id FROM crosswalk WHERE entity = :entity AND canonical_id = :id AND system = :system
