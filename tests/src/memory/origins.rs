//! Origins of messages in memory.

use super::table::MemoryStore;
use beckon_shared::domain::service::Heard;
use beckon_shared::domain::time::Timestamp;
use beckon_shared::ports::origins::{KeptWord, Named, Noted, Origin, WORDS_MAX};
use beckon_shared::ports::{Origins, PortError};
use beckon_shared::store::codec::{self, Known};
use beckon_shared::store::keys;

impl Origins for MemoryStore {
    async fn note_origin(
        &self,
        service: &str,
        named: Named<'_>,
        origin: &Origin,
        told: usize,
        expires: Timestamp,
    ) -> Result<Noted, PortError> {
        let note = || {
            let key = keys::origin(service, named);
            let row = codec::encode_origin(key.clone(), origin, expires)?;
            self.write(|table| {
                let known = table.get(&key).map(codec::decode_known).transpose()?;
                match known {
                    Some(Known::Words(words)) if words.len() != told => Ok(Noted::Waiting(words)),
                    Some(Known::Words(_) | Known::Origin(_)) | None => {
                        table.put(key, row);
                        Ok(Noted::Kept)
                    }
                }
            })
        };
        self.faults.around("origins.note_origin", note).await
    }

    async fn origin(&self, service: &str, named: Named<'_>) -> Result<Option<Origin>, PortError> {
        let look = || {
            self.read(|table| {
                let row = table.get(&keys::origin(service, named));
                let known = row.map(codec::decode_known).transpose()?;
                Ok(known.and_then(Known::origin))
            })
        };
        self.faults.around("origins.origin", look).await
    }

    async fn keep_word(
        &self,
        service: &str,
        id: &str,
        word: &Heard,
        expires: Timestamp,
    ) -> Result<KeptWord, PortError> {
        let keep = || {
            let key = keys::origin(service, Named::Id(id));
            self.write(|table| {
                let mut words = match table.get(&key).map(codec::decode_known).transpose()? {
                    Some(Known::Origin(origin)) => return Ok(KeptWord::Known(origin)),
                    Some(Known::Words(words)) => words,
                    None => Vec::new(),
                };
                if words.contains(word) {
                    return Ok(KeptWord::Waits);
                }
                if words.len() >= WORDS_MAX {
                    return Ok(KeptWord::TooMany);
                }
                words.push(word.clone());
                table.put(key.clone(), codec::encode_words(key, &words, expires)?);
                Ok(KeptWord::Waits)
            })
        };
        self.faults.around("origins.keep_word", keep).await
    }
}
